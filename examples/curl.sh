#!/usr/bin/env bash
# What a client of the shop does, by curl. Needs curl and jq.
#   SHOP=http://localhost:3000 OPERATOR_TOKEN=… ./curl.sh
# SHOP is the front door. Where the status service is, its answers say: links are followed as they stand.
set -euo pipefail
SHOP=${SHOP:-http://localhost:3000}
ask() { curl --silent --show-error --fail-with-body "$@"; }

echo '# What there is to buy'
ask "$SHOP/products" | jq -r '.items[] | "\(.sku)\t\(.price.amount)\t\(.available)"'

echo '# An order. The same key again is the same order.'
order='{
  "customer": { "email": "ada@example.com", "name": "Ada" },
  "shipTo": { "name": "Ada", "line1": "1 Main St", "city": "Vienna", "postcode": "1010", "country": "AT" },
  "lines": [{ "sku": "PRINT-10X15", "quantity": 2 }],
  "payment": { "card": { "number": "4242424242424242", "expiry": "12/39", "cvc": "123" } }
}'
key=$(date +%s%N)
place() { ask "$SHOP/orders" -H 'Content-Type: application/json' -H "Idempotency-Key: $key" --data-binary "$order"; }
placed=$(place)
test "$(place)" = "$placed"
jq -r '.id, .total.amount' <<<"$placed"

echo '# Its events as they happen; the stream closes when it has ended'
ask --no-buffer --max-time 60 "$(jq -r .links.stream <<<"$placed")" | sed -n 's/^data: //p' | jq -r '"\(.version)\t\(.type)\t\(.status)\t\(.progress)"'

echo '# What it is now, and nothing if it has not changed since'
status=$(jq -r .links.status <<<"$placed")
etag=$(ask --output /dev/null --dump-header - "$status" | tr -d '\r' | sed -n 's/^etag: //Ip')
ask --output /dev/null --write-out '%{http_code}\n' -H "If-None-Match: $etag" "$status"

echo '# An order that is waited for: 200 with its end'
ask "$SHOP/orders" -H 'Content-Type: application/json' -H 'Prefer: wait=20' --data-binary "$order" | jq -r .status

echo '# Cancelled: 202, or 409 where the parcel is on its way already'
cancel=$(ask "$SHOP/orders" -H 'Content-Type: application/json' --data-binary "$order" | jq -r .links.cancel)
curl --silent --output /dev/null --write-out '%{http_code}\n' "$cancel" -H 'Content-Type: application/json' --data-binary '{"reason":"Ordered twice."}'

echo '# A refusal says where'
curl --silent "$SHOP/orders" -H 'Content-Type: application/json' --data-binary '{"lines":[]}' | jq -r '.type, .errors[0].pointer'

if [ -n "${OPERATOR_TOKEN:-}" ]; then
  echo '# The operator sees all orders'
  list=$(jq -r .links.status <<<"$placed" | sed 's#/orders/.*#/orders?limit=2#')
  ask "$list" -H "Authorization: Bearer $OPERATOR_TOKEN" | jq -r '.items[].status'
fi
