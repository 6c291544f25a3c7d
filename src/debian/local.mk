# SPDX-License-Identifier: MIT
# The packages for Debian. debhelper wants this folder as debian/ at the root, so `make deb` builds in a copy of the release.

EXTRA_DIST += \
	%D%/changelog \
	%D%/control \
	%D%/copyright \
	%D%/pool-manager-mock.default \
	%D%/pool-manager-mock.install \
	%D%/pool-manager-mock.links \
	%D%/pool-manager-mock.postinst \
	%D%/pool-manager-mock.postrm \
	%D%/pool-manager-mock.prerm \
	%D%/poolctl.install \
	%D%/rules \
	%D%/site/pool-manager-mock \
	%D%/source/format

# Builds the packages in the build folder's deb/, and checks them with lintian.
.PHONY: deb
deb: dist
	@rm -rf deb && $(MKDIR_P) deb
	tar -C deb -xf $(distdir).tar.xz
	cp -R deb/$(distdir)/%D% deb/$(distdir)/debian
	cd deb/$(distdir) && env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL dpkg-buildpackage -b -us -uc
	cd deb && lintian --fail-on error,warning *.changes
