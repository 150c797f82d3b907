#!/bin/sh
# Provides the clients that the end-to-end tests drive: python3 with boto3, the
# AWS CLI and Chromium. As root on Debian they are installed; elsewhere what is
# missing is named, and the tests that need it fail.
set -eu
missing=""
/usr/bin/python3 -c 'import boto3' 2>/dev/null || python3 -c 'import boto3' 2>/dev/null || missing="$missing python3-boto3"
command -v aws >/dev/null 2>&1 || missing="$missing awscli"
command -v chromium >/dev/null 2>&1 || command -v google-chrome >/dev/null 2>&1 || missing="$missing chromium"
[ -z "$missing" ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
	echo "installing:$missing"
	export DEBIAN_FRONTEND=noninteractive
	apt-get update -qq
	# shellcheck disable=SC2086
	apt-get install -y -qq --no-install-recommends $missing fonts-noto-cjk >/dev/null
	exit 0
fi
echo "missing for the end-to-end tests:$missing (Debian package names). Install them, or run 'make unit' for the tests that need only Go and Node." >&2
[ "${CI:-}" = true ] && exit 1
exit 0
