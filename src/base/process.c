/* SPDX-License-Identifier: MIT */
#include "base/process.h"

#include <dirent.h>
#include <stdio.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static int64_t micros(struct timeval time)
{
    return (int64_t)time.tv_sec * 1000 * 1000 + time.tv_usec;
}

static int64_t micros_of(clockid_t id)
{
    struct timespec now = {0};

    clock_gettime(id, &now);
    return (int64_t)now.tv_sec * 1000 * 1000 + now.tv_nsec / 1000;
}

static void read_memory(struct process_facts *facts)
{
    FILE *file = fopen("/proc/self/statm", "re");
    long long size, resident, page = sysconf(_SC_PAGESIZE);

    if (!file)
        return;
    if (fscanf(file, "%lld %lld", &size, &resident) == 2) {
        facts->virtual_bytes = size * page;
        facts->resident_bytes = resident * page;
    }
    fclose(file);
}

/* The start is field 22, in clock ticks since the system booted. The second field, the name, is in
 * parentheses and has no space here. */
static void read_start(struct process_facts *facts)
{
    FILE *file = fopen("/proc/self/stat", "re");
    unsigned long long ticks;

    if (!file)
        return;
    if (fscanf(file,
               "%*d %*s %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d "
               "%*d %*d %llu",
               &ticks) == 1)
        facts->start_us = micros_of(CLOCK_REALTIME) - micros_of(CLOCK_BOOTTIME) +
                          (int64_t)ticks * (1000 * 1000 / sysconf(_SC_CLK_TCK));
    fclose(file);
}

static void count_descriptors(struct process_facts *facts)
{
    DIR *folder = opendir("/proc/self/fd");
    struct rlimit limit;

    if (folder) {
        while (readdir(folder))
            facts->descriptors++;
        facts->descriptors -= 3; /* ".", ".." and the folder's own */
        closedir(folder);
    }
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
        facts->descriptors_max = (int64_t)limit.rlim_cur;
}

struct process_facts process_read(void)
{
    struct process_facts facts = {0};
    struct rusage usage;

    if (getrusage(RUSAGE_SELF, &usage) == 0)
        facts.cpu_us = micros(usage.ru_utime) + micros(usage.ru_stime);
    read_memory(&facts);
    read_start(&facts);
    count_descriptors(&facts);
    return facts;
}
