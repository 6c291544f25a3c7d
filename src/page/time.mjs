// SPDX-License-Identifier: MIT
//
// The tenant's clock, and times and durations as a person reads them.

let clock = { at: 0, here: 0 };

// Takes the `clock` of an answer, and keeps it until the next one.
export function setClock({ now, mode }) {
  clock = { at: Date.parse(now), here: performance.now(), isFrozen: mode === 'frozen' };
}

// Milliseconds since 1970 by the tenant's clock.
export const tenantNow = () => clock.at + (clock.isFrozen ? 0 : performance.now() - clock.here);

// "2026-01-01 03:04:05", in UTC.
export const dateWords = (ms) => new Date(ms).toISOString().slice(0, 19).replace('T', ' ');

// The same of a time in JSON, without its date if that is today by the tenant's clock.
export function timeWords(text) {
  const words = dateWords(Date.parse(text));
  return words.startsWith(dateWords(tenantNow()).slice(0, 10)) ? words.slice(11) : words;
}

const DAY_MS = 86_400_000;

// "00:04:05", "3 d 04:00:00".
export function durationWords(ms) {
  const days = Math.max(0, Math.floor(ms / DAY_MS));
  const rest = dateWords(Math.max(0, ms - days * DAY_MS)).slice(11);
  return days ? `${days} d ${rest}` : rest;
}

// How long ago a time in JSON was.
export const ageWords = (text) => durationWords(tenantNow() - Date.parse(text));
