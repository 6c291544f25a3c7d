# SPDX-License-Identifier: MIT
# The nginx files. They are installed in one folder, because make-instance and render-switch look for the others in their own.

nginxdir = $(pkgdatadir)/nginx
dist_nginx_DATA = \
	%D%/admin-fence.conf \
	%D%/application.conf \
	%D%/defaults.conf \
	%D%/errors.conf \
	%D%/faults.conf \
	%D%/live.conf \
	%D%/location.conf \
	%D%/nginx.conf.in \
	%D%/params.conf \
	%D%/params-trusted.conf \
	%D%/pass.conf \
	%D%/pods.conf \
	%D%/scale-out.conf \
	%D%/switch.conf.template \
	%D%/upstream.conf \
	%D%/workspaces.conf
dist_nginx_SCRIPTS = \
	%D%/make-instance \
	%D%/render-switch
