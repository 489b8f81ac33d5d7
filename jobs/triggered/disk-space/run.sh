#!/bin/sh
# A script as a job: what it writes to stdout and stderr stands in the run's log. Asked for by
#   npm run -s backroom -- jobs run disk-space --input '{"path":"/tmp"}' --wait
echo "Run $BACKROOM_RUN_ID of $BACKROOM_JOB, asked for by $BACKROOM_TRIGGER, on $BACKROOM_INSTANCE."
where=$(printf '%s' "$BACKROOM_INPUT" | sed -n 's/.*"path":"\([^"\\]*\)".*/\1/p')
used=$(df -P -- "${where:-/}" | awk 'NR == 2 { sub("%", "", $5); print $5 }') || exit 1
echo "$used % are used."
if [ "$used" -ge 90 ]; then
  echo "Less than a tenth is left." >&2
  exit 1
fi
