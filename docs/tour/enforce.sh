#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Starts Tracegate in a test kernel, applies the policy that forbids links to /etc/passwd, and tries to make one.
#   npm run lab -- -k 6.12 docs/tour/enforce.sh
exec 2>&1
export TRACEGATE_STATE_DIR=/run/tracegate
npx tracegate up >/run/up.log 2>&1 &
until grep -q Ctrl-C /run/up.log; do sleep 0.2; done
sed -n '/^This kernel/,/^$/p' /run/up.log
set -x
npx tracegate policy apply --wait -f test/fixtures/policies/restrict-symlink.yaml
npx tracegate policy status
ln -s /etc/passwd /run/link
ls /run/link
npx tracegate audit verify
