#!/bin/sh
# Remove what a run does not need from the image, and create the user of the run.
set -eu

# 17 MB of Prefect's user interface, and boto3's descriptions of AWS services that are not used.
packages=$(python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
rm -rf "$packages/prefect/server/ui" "$packages/prefect/server/ui-v2"
find "$packages/botocore/data" -mindepth 1 -maxdepth 1 -type d \
    ! -name s3 ! -name sts ! -name textract -exec rm -r {} +

# Compilers and installers, with their dependencies, because this image opens untrusted files.
tools=$(dpkg-query -W -f '${Package}\n' | grep -xE 'build-essential|git|make' || true)
# shellcheck disable=SC2086 # several words
[ -z "$tools" ] || apt-get purge -qq -y --auto-remove $tools
python -m pip uninstall -q -y --root-user-action=ignore pip
rm -rf /bin/uv /bin/uvx /usr/local/bin/pip*

useradd --create-home --uid 10001 --shell /usr/sbin/nologin docverify
rm -rf /root/.cache /tmp/* /var/lib/apt/lists/* /var/cache/apt/* /var/log/*
