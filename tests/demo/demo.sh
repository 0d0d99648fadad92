#!/usr/bin/env bash
# Tells the seeds' story on a real server with a temporary store, through
# partnerctl alone: who may invite, who forwards, who owns, who administers, and
# that none of it is lost when the server is killed. Exits 0 only if every
# expectation held; leaves no process and no file.
#
# Usage: tests/demo/demo.sh DIRECTORY_OF_THE_BINARIES
set -euo pipefail

bin=$(cd "${1:?usage: demo.sh DIRECTORY_OF_THE_BINARIES}" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/partner-demo.XXXXXX")
server_pid=''
answer=''
expectations=0

# Nothing of the caller's own configuration takes part.
unset "${!PARTNERCTL_@}" "${!PARTNERD_@}"
export XDG_CONFIG_HOME=$work/config
export PATH=$bin:$PATH

if [[ -t 1 && -z ${NO_COLOR:-} ]]; then
  bold=$'\e[1m' faint=$'\e[2m' good=$'\e[32m' bad=$'\e[31m' plain=$'\e[0m'
else
  bold='' faint='' good='' bad='' plain=''
fi

cleanup() {
  local status=$?
  trap - EXIT INT TERM
  if [[ -n $server_pid ]]; then
    kill -TERM "$server_pid" 2>/dev/null || true
    wait "$server_pid" 2>/dev/null || true
  fi
  rm -rf "$work"
  exit "$status"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

chapter() { printf '\n%s== %s ==%s\n' "$bold" "$1" "$plain"; }
say() { printf '\n%s\n' "$1"; }

fail() {
  printf '%sNOT AS EXPECTED: %s%s\n' "$bad" "$1" "$plain" >&2
  if [[ -s $work/partnerd.log ]]; then
    printf 'The last lines of the server:\n' >&2
    tail -n 5 "$work/partnerd.log" >&2
  fi
  exit 1
}

# Starts the server on a free port and waits for its ready line.
start_server() {
  local ready=$work/ready line=''
  rm -f "$ready"
  mkfifo "$ready"
  partnerd --listen 127.0.0.1:0 --data-dir "$work/data" \
    --identity development --create >"$ready" 2>>"$work/partnerd.log" &
  server_pid=$!
  # The pipe ends when the server does, so this cannot wait for a dead one.
  exec {ready_fd}<"$ready"
  if ! read -r -t 120 -u "$ready_fd" line ||
    [[ ! $line =~ \"(127\.0\.0\.1:[0-9]+)\" ]]; then
    fail "the server did not become ready: $line"
  fi
  export PARTNERCTL_SERVER=${BASH_REMATCH[1]}
  printf '%s(partnerd %s listens on %s)%s\n' "$faint" "$server_pid" \
    "$PARTNERCTL_SERVER" "$plain"
}

# run EXIT WORD...: shows the command and its answer, and checks its exit code.
run() {
  local expected=$1 status=0 word line='$ partnerctl'
  shift
  for word in "$@"; do
    if [[ $word =~ ^[A-Za-z0-9_./:,@+=~-]+$ ]]; then
      line+=" $word"
    else
      line+=" '$word'"
    fi
  done
  printf '\n%s%s%s\n' "$bold" "$line" "$plain"
  answer=$(partnerctl "$@" 2>&1) || status=$?
  printf '    %s\n' "${answer//$'\n'/$'\n    '}"
  if [[ $status -ne $expected ]]; then
    fail "exit code $status, not $expected"
  fi
  expectations=$((expectations + 1))
}

# expect TEXT...: each stands in the last answer.
expect() {
  local text
  for text in "$@"; do
    if [[ $answer != *"$text"* ]]; then fail "the answer lacks: $text"; fi
    printf '%s    as expected: %s%s\n' "$good" "$text" "$plain"
    expectations=$((expectations + 1))
  done
}

# expect_not TEXT...: none stands in the last answer.
expect_not() {
  local text
  for text in "$@"; do
    if [[ $answer == *"$text"* ]]; then fail "the answer has: $text"; fi
    printf '%s    as expected, without: %s%s\n' "$good" "$text" "$plain"
    expectations=$((expectations + 1))
  done
}

# The value of the first line `FIELD: VALUE` of the last answer.
value() {
  local line
  while IFS= read -r line; do
    if [[ $line =~ ^$1:\ +(.*)$ ]]; then
      printf '%s' "${BASH_REMATCH[1]}"
      return
    fi
  done <<<"$answer"
  fail "the answer has no $1"
}

uuid() { printf '%s%07d-0000-4000-8000-000000000000' "$1" "$2"; }

# add_partner PROGRAM ID NAME COUNTRY NUMBER ENROLLMENT
add_partner() {
  run 0 --program "$1" --as operators/ops partner create "$2" \
    --display-name "$3" --country "$4" --tenant-id "$(uuid a "$5")" --enroll "$6"
  expect 'state:' 'ACTIVE'
}

# work_together PROGRAM PROVIDER RESELLER: asks and accepts.
work_together() {
  run 0 --program "$1" --as "partner:$2" partnership create "$3"
  expect PENDING
  local partnership
  partnership=$(value name)
  run 0 --program "$1" --as "partner:$3" partnership accept "$partnership"
  expect ACTIVE
}

# check EXIT REASON PROGRAM PRINCIPAL WORD...
check() {
  local exit_code=$1 reason=$2 program=$3 principal=$4
  shift 4
  run "$exit_code" --program "$program" --as "$principal" check "$@"
  expect "reason: $reason"
}

printf '%sA distributor, its resellers and their customers%s\n' "$bold" "$plain"
say 'A new server with an empty store.'
start_server
run 0 --as operators/ops program list
expect programs/global programs/china-21vianet

chapter 'Who is who'
say 'Two indirect providers (distributors), and a reseller for each.'
add_partner global contoso 'Contoso Distribution' US 1 indirect-provider
add_partner global northwind 'Northwind Distribution' US 2 indirect-provider
add_partner global fabrikam 'Fabrikam Cloud' US 3 indirect-reseller
add_partner global litware 'Litware IT' US 4 indirect-reseller
say 'Contoso works with Fabrikam, Northwind with Litware.'
work_together global contoso fabrikam
contoso_fabrikam=$(value name)
work_together global northwind litware

chapter 'Only the provider invites'
say 'Fabrikam is a reseller. It cannot create an invitation of its own; it is
told whose it may use.'
run 2 --program global --as partner:fabrikam invitation create
expect RESELLER_CANNOT_INVITE PERMISSION_DENIED 'rule R15' contoso

say 'Contoso creates one that any of its resellers may pass on.'
run 0 --program global --as partner:contoso invitation create \
  --audience all-active-resellers --message 'Welcome to Contoso'
expect 'ALL_ACTIVE_RESELLERS' 'BROAD'
invitation=$(value name)
direct_token=$(value token)

chapter 'Its own resellers forward it, and nobody else'
say 'Litware works for another provider. It does not even see the invitation;'
run 2 --program global --as partner:litware invitation forward "$invitation"
expect RESOURCE_NOT_FOUND
say 'and holding the link does not help.'
run 2 --program global --as partner:litware invitation forward \
  --token "$direct_token"
expect NOT_ISSUERS_RESELLER PERMISSION_DENIED
say 'Fabrikam may. Its forward has a token of its own.'
run 0 --program global --as partner:fabrikam invitation forward "$invitation" \
  --message 'Fabrikam looks after you'
forward_token=$(value token)
if [[ $forward_token == "$direct_token" ]]; then fail 'both tokens are one'; fi

chapter 'Two customers accept'
say 'Adatum got the link from Contoso itself.'
run 0 --program global --as customer:adatum invitation lookup "$direct_token"
expect contoso
run 0 --program global --as customer:adatum invitation accept "$direct_token" \
  --display-name Adatum --domain adatum.example --country US \
  --tenant-id "$(uuid c 1)"
expect 'owner:' contoso
say 'Tailspin got it from Fabrikam.'
run 0 --program global --as customer:tailspin invitation lookup "$forward_token"
expect contoso fabrikam
run 0 --program global --as customer:tailspin invitation accept \
  "$forward_token" --display-name 'Tailspin Toys' --domain tailspin.example \
  --country US --tenant-id "$(uuid c 2)"
expect 'owner:' contoso 'associated_resellers:' fabrikam

say 'Whoever delivered it, the issuer owns the relationship. The reseller that
brought the customer is a fact of its own.'
run 0 --program global --as customer:adatum relationship list adatum
expect contoso
expect_not fabrikam
run 0 --program global --as customer:tailspin relationship list tailspin
expect contoso 'fabrikam (default)'

say 'The invitation offered administration to its issuer, not to the forwarder.'
check 0 BROAD_ADMINISTRATION global partner:contoso \
  contoso manage_users tailspin exchange-online
check 1 NO_CUSTOMER_PERMISSION global partner:fabrikam \
  fabrikam manage_users tailspin exchange-online
say 'Ordering comes from owning; administering does not give it.'
check 0 OWNER global partner:contoso contoso order tailspin
check 1 NOT_OWNER global partner:fabrikam fabrikam order tailspin

chapter "The customer delegates to another provider's reseller"
say 'Only the customer may. The owner cannot do it for Tailspin,'
run 2 --program global --as partner:contoso admin grant litware \
  --customer tailspin --duty provisioning,support --service exchange-online
expect ONLY_CUSTOMER_GRANTS PERMISSION_DENIED
say 'nor can somebody at Tailspin who is no administrator.'
run 2 --program global --as customer:tailspin --no-customer-admin admin grant \
  litware --duty provisioning,support --service exchange-online
expect NOT_CUSTOMER_ADMIN
say 'Its administrator is first refused: Contoso administers that service.'
run 2 --program global --as customer:tailspin admin grant litware \
  --duty provisioning,support --service exchange-online
expect SERVICE_ALREADY_DELEGATED FAILED_PRECONDITION 'rule R43' \
  customers/tailspin/adminRelationships/
say 'What would replacing do? A dry run shows it and writes nothing.'
run 0 --program global --as customer:tailspin --dry-run admin grant litware \
  --duty provisioning,support --service exchange-online --replace
expect 'dry run: ACCEPTED' CHANGES
check 1 NO_CUSTOMER_PERMISSION global partner:litware \
  litware manage_users tailspin exchange-online
say 'So Tailspin replaces Contoso in that one service.'
grant_id=$(uuid e 1)
run 0 --program global --as customer:tailspin --request-id "$grant_id" \
  admin grant litware --duty provisioning,support --service exchange-online \
  --replace
expect 'state:' ACTIVE 'PROVISIONING,SUPPORT' exchange-online
litware_admin=$(value name)

say 'Contoso may also ask on behalf of its own reseller; Tailspin decides.'
run 0 --program global --as partner:contoso admin request tailspin fabrikam \
  --duty support --service sharepoint-online
expect APPROVAL_PENDING
request=$(value name)
check 1 NO_CUSTOMER_PERMISSION global partner:fabrikam \
  fabrikam reset_passwords tailspin sharepoint-online
run 0 --program global --as customer:tailspin admin approve "$request" --replace
expect ACTIVE

say 'Who administers Tailspin now? Owner and associated reseller are unchanged.'
run 0 --program global --as customer:tailspin who tailspin
expect litware fabrikam contoso
run 0 --program global --as customer:tailspin relationship list tailspin
expect contoso 'fabrikam (default)'
expect_not litware

chapter 'Who may do what'
check 0 BROAD_ADMINISTRATION global partner:litware \
  litware manage_users tailspin exchange-online
check 0 BROAD_ADMINISTRATION global partner:litware \
  litware open_tickets tailspin exchange-online
check 1 SERVICE_NOT_IN_SCOPE global partner:litware \
  litware manage_users tailspin sharepoint-online
check 1 DUTY_NOT_GRANTED global partner:fabrikam \
  fabrikam manage_users tailspin sharepoint-online
check 0 BROAD_ADMINISTRATION global partner:fabrikam \
  fabrikam reset_passwords tailspin sharepoint-online
check 1 SERVICE_NOT_IN_SCOPE global partner:contoso \
  contoso manage_users tailspin exchange-online
check 0 OWNER global partner:contoso contoso order tailspin
check 1 NOT_OWNER global partner:litware litware order tailspin
say 'Northwind is no party to this. It may ask about itself, about nobody else.'
check 1 NO_CUSTOMER_PERMISSION global partner:northwind \
  northwind manage_users tailspin
run 2 --program global --as partner:northwind check litware manage_users \
  tailspin
expect RESOURCE_NOT_FOUND
say 'Why may Litware not order, and who could change it?'
run 1 --program global --as customer:tailspin check litware order tailspin \
  --explain
expect NOT_OWNER
run 0 --program global --as partner:litware customers litware
expect tailspin exchange-online
expect_not adatum

chapter 'The same rules in the cloud operated by 21Vianet'
china='china-21vianet'
say 'Nothing crosses programs: the partners of the other cloud do not exist here.'
run 2 --program $china --as operators/ops partner get contoso
expect RESOURCE_NOT_FOUND
run 0 --program $china --as operators/ops policy show
expect china-21vianet-2018-10
add_partner $china humongous 'Humongous Distribution' CN 11 indirect-provider
add_partner $china proseware 'Proseware Distribution' CN 12 indirect-provider
add_partner $china wingtip 'Wingtip Cloud' CN 13 indirect-reseller
add_partner $china lamna 'Lamna IT' CN 14 indirect-reseller
work_together $china humongous wingtip
work_together $china proseware lamna
run 2 --program $china --as partner:wingtip invitation create
expect RESELLER_CANNOT_INVITE 'rule R13' humongous
run 0 --program $china --as partner:humongous invitation create \
  --audience listed --reseller wingtip
invitation=$(value name)
direct_token=$(value token)
run 2 --program $china --as partner:lamna invitation forward \
  --token "$direct_token"
expect NOT_ISSUERS_RESELLER
run 0 --program $china --as partner:wingtip invitation forward "$invitation"
forward_token=$(value token)
run 0 --program $china --as customer:relecloud invitation accept \
  "$direct_token" --display-name Relecloud --domain relecloud.example \
  --country CN --tenant-id "$(uuid c 11)"
expect 'owner:' humongous
run 0 --program $china --as customer:woodgrove invitation accept \
  "$forward_token" --display-name Woodgrove --domain woodgrove.example \
  --country CN --tenant-id "$(uuid c 12)"
expect 'owner:' humongous wingtip
run 0 --program $china --as customer:woodgrove relationship list woodgrove
expect humongous 'wingtip (default)'
run 2 --program $china --as customer:woodgrove admin grant lamna \
  --duty provisioning,support --service exchange-online
expect SERVICE_ALREADY_DELEGATED
run 0 --program $china --as customer:woodgrove admin grant lamna \
  --duty provisioning,support --service exchange-online --replace
expect ACTIVE
lamna_admin=$(value name)
check 0 BROAD_ADMINISTRATION $china partner:lamna \
  lamna manage_users woodgrove exchange-online
check 1 SERVICE_NOT_IN_SCOPE $china partner:humongous \
  humongous manage_users woodgrove exchange-online
check 0 OWNER $china partner:humongous humongous order woodgrove
check 1 NOT_OWNER $china partner:lamna lamna order woodgrove
run 2 --program $china --as operators/ops check \
  programs/global/partners/litware manage_users woodgrove
expect PROGRAM_MISMATCH

chapter 'The server is killed'
# Everything that was answered, as JSON, with its revision.
everything() {
  local program
  for program in global $china; do
    partnerctl --program "$program" --as operators/ops -o json partner list
    partnerctl --program "$program" --as operators/ops -o json customer list
    partnerctl --program "$program" --as operators/ops -o json partnership list
    partnerctl --program "$program" --as operators/ops -o json invitation list
    partnerctl --program "$program" --as operators/ops -o json \
      invitation forwards
    partnerctl --program "$program" --as operators/ops -o json \
      invitation acceptances
    partnerctl --program "$program" --as operators/ops -o json \
      relationship list
    partnerctl --program "$program" --as operators/ops -o json admin list
  done
  partnerctl --program global --as operators/ops -o json who tailspin
  partnerctl --program $china --as operators/ops -o json who woodgrove
  # Exit code 1: some of the answers are no, which is part of them.
  partnerctl --program global --as operators/ops -o json batch-check \
    <<'QUESTIONS' || (($? == 1))
litware manage_users tailspin exchange-online
litware manage_users tailspin sharepoint-online
litware order tailspin
fabrikam reset_passwords tailspin sharepoint-online
contoso manage_users tailspin exchange-online
contoso manage_users adatum
contoso order tailspin
QUESTIONS
  partnerctl --program $china --as operators/ops -o json batch-check \
    <<'QUESTIONS' || (($? == 1))
lamna manage_users woodgrove exchange-online
lamna order woodgrove
humongous order woodgrove
wingtip manage_users woodgrove
QUESTIONS
}
everything >"$work/before"
say "kill -KILL $server_pid: no warning, no time to save anything."
kill -KILL "$server_pid"
wait "$server_pid" 2>/dev/null || true
server_pid=''
run 2 --program global --as operators/ops --timeout 2s partner list
expect UNAVAILABLE
say 'It starts again on the same store.'
start_server
everything >"$work/after"
if ! diff "$work/before" "$work/after" >&2; then
  fail 'the answers differ after the restart'
fi
expectations=$((expectations + 1))
printf '%s    as expected: %s lines of answers, the same as before%s\n' \
  "$good" "$(wc -l <"$work/after")" "$plain"
check 0 BROAD_ADMINISTRATION global partner:litware \
  litware manage_users tailspin exchange-online
check 1 NOT_OWNER global partner:litware litware order tailspin
check 0 BROAD_ADMINISTRATION $china partner:lamna \
  lamna manage_users woodgrove exchange-online
say 'A write that is repeated because its answer was lost is not applied twice:'
run 0 --program global --as customer:tailspin --request-id "$grant_id" \
  admin grant litware --duty provisioning,support --service exchange-online \
  --replace
expect 'the stored answer of an earlier request' "$litware_admin"

chapter 'What was given is taken back'
before=$(date -u +%Y-%m-%dT%H:%M:%SZ)
run 0 --program global --as customer:tailspin --note 'contract over' \
  admin revoke "$litware_admin"
expect TERMINATED CUSTOMER_REVOKED
check 1 NO_CUSTOMER_PERMISSION global partner:litware \
  litware manage_users tailspin exchange-online
run 0 --program $china --as customer:woodgrove admin revoke "$lamna_admin"
expect TERMINATED
check 1 NO_CUSTOMER_PERMISSION $china partner:lamna \
  lamna manage_users woodgrove exchange-online
say 'Nothing else ended: the owner, its reseller and the other administration
are as they were.'
run 0 --program global --as customer:tailspin relationship list tailspin
expect contoso 'fabrikam (default)' ACTIVE
check 0 OWNER global partner:contoso contoso order tailspin
check 0 BROAD_ADMINISTRATION global partner:fabrikam \
  fabrikam reset_passwords tailspin sharepoint-online
say 'Even the end of a partnership takes no customer and no right with it.'
run 0 --program global --as partner:contoso partnership terminate \
  "$contoso_fabrikam"
expect TERMINATED STAYS
check 0 BROAD_ADMINISTRATION global partner:fabrikam \
  fabrikam reset_passwords tailspin sharepoint-online
run 0 --program global --as customer:tailspin relationship list tailspin
expect contoso ACTIVE

chapter 'Could they then?'
say 'Litware may no more, but could before the customer took it back:'
run 0 --program global --as partner:litware --at "$before" \
  check litware manage_users tailspin exchange-online
expect BROAD_ADMINISTRATION "at: $before"
run 0 --program global --as partner:litware --at "$before" \
  admin get "$litware_admin"
expect ACTIVE
say 'Could they in March, years before? Nobody had given them anything; and
before the programme began there is nothing to ask about.'
check 1 NO_CUSTOMER_PERMISSION global partner:litware \
  litware manage_users tailspin exchange-online --at 2018-03-01
run 2 --program global --as partner:litware --at 2000-03-01 \
  check litware manage_users tailspin
expect BEFORE_PROGRAM 'rule R24'

chapter 'The customer asks for the end, and the owner acts'
run 0 --program global --as customer:tailspin channel show tailspin
expect contoso 'no partnership'
relationship=$(partnerctl --program global --as customer:tailspin -o json \
  relationship list tailspin --filter 'state = "ACTIVE"' |
  sed -n 's/.*"name":"\([^"]*\)".*/\1/p')
run 0 --program global --as customer:tailspin \
  relationship request-termination "$relationship"
expect NEEDS_ACTION partners/contoso TerminateResellerRelationship
run 2 --program global --as customer:tailspin \
  relationship request-termination "$relationship"
expect TERMINATION_ALREADY_REQUESTED 'rule D20'
say 'Nothing has ended yet; the owner sees the wish and acts.'
run 0 --program global --as partner:contoso relationship terminate \
  "$relationship"
expect ENDS TERMINATED
run 0 --program global --as customer:tailspin channel show tailspin

chapter 'Rules change, and only for what is new'
add_partner germany trey 'Trey Distribution' DE 21 indirect-provider
run 0 --program germany --as partner:trey customer create alpine \
  --display-name 'Alpine Ski House' --domain alpine.example --country DE \
  --tenant-id 00000000-0000-4000-8000-000000000022
say 'What the next edition of Germany would change:'
run 0 --program germany --as partner:trey policy diff germany-2018-10
expect closed_to_new_customers R66
say 'And what that would mean for who is there:'
run 0 --program germany --as operators/ops policy evaluate germany-2018-10
expect alpine PROGRAM_CLOSED_TO_NEW_CUSTOMERS REFUSED_ANEW STRICTER
say 'It can be announced for a later day; tried, then asked by who may not:'
run 0 --program germany --as operators/ops policy activate germany-2018-10 \
  --from 2099-01-01T00:00:00Z --dry-run
expect 2099-01-01 'nothing was written'
run 2 --program germany --as partner:trey policy activate germany-2018-10
expect PRINCIPAL_NOT_ALLOWED
say 'Announced, and taken back before the day comes:'
run 0 --program germany --as operators/ops policy activate germany-2018-10 \
  --from 2099-01-01T00:00:00Z
run 0 --program germany --as operators/ops policy withdraw germany-2018-10
expect 'does not come into force' 'goes on'
say 'It is put in force at once: no new customer, and nobody loses one.'
run 0 --program germany --as operators/ops policy activate germany-2018-10
expect closed_to_new_customers 'instead of'
run 2 --program germany --as partner:trey customer create late \
  --display-name Late --domain late.example --country DE \
  --tenant-id 00000000-0000-4000-8000-000000000023
expect PROGRAM_CLOSED_TO_NEW_CUSTOMERS 'rule R66'
check 0 OWNER germany partner:trey trey order alpine

chapter 'Roles for a bounded time'
say 'A later edition has granular administration beside the broad one. What else
would it change?'
run 0 --program global --as partner:litware policy diff global-2022-06
expect granular_duration '730 days' R70 admin_kinds GRANULAR
run 2 --program global --as partner:litware admin draft tailspin \
  --display-name 'Daily care' --role helpdesk-administrator --duration 30d
expect ADMIN_KIND_NOT_IN_EDITION
say 'It is announced for a later day, and then put in force at once.'
run 0 --program global --as operators/ops policy activate global-2022-06 \
  --from 2099-01-01T00:00:00Z --dry-run
expect 2099-01-01 'nothing was written'
run 0 --program global --as operators/ops policy activate global-2022-06
expect granular_duration
say 'Any enrolled partner may ask; the edition sets the bounds.'
run 2 --program global --as partner:litware admin draft tailspin \
  --display-name 'Daily care' --role helpdesk-administrator --duration 731d
expect DURATION_OUT_OF_RANGE 'rule R70' '1 day to 730 days'
run 0 --program global --as partner:litware admin draft tailspin \
  --display-name 'Daily care' --duration 30d \
  --role helpdesk-administrator,global-administrator
expect DRAFT 'Daily care' 30d
care=$(value name)
run 2 --program global --as customer:tailspin admin get "$care"
expect RESOURCE_NOT_FOUND
say 'Put to the customer it is fixed, and gives nothing yet.'
run 0 --program global --as partner:litware admin lock "$care"
expect APPROVAL_PENDING lapse_time
run 2 --program global --as partner:litware admin update-draft "$care" \
  --duration 60d
expect NOT_DRAFT
run 1 --program global --as partner:litware check litware manage_users \
  tailspin --explain
expect ADMINISTRATION_PENDING 'calls AdminRelationshipService.Approve'
run 0 --program global --as customer:tailspin admin approve "$care"
expect ACTIVE expire_time
check 0 GRANULAR_ADMINISTRATION global partner:litware \
  litware manage_users tailspin
expect 'valid until:'
say 'With everything an administrator may do it does not go on by itself;'
run 2 --program global --as partner:litware admin extend "$care" 180d
expect PRIVILEGED_ROLE_BARS_AUTO_EXTEND 'rule R79'
run 0 --program global --as customer:tailspin admin remove-privileged "$care"
expect helpdesk-administrator
expect_not global-administrator
check 1 ROLE_NOT_GRANTED global partner:litware litware manage_users tailspin
run 0 --program global --as partner:litware admin extend "$care" 180d
expect 180d
check 0 GRANULAR_ADMINISTRATION global partner:litware \
  litware reset_passwords tailspin
expect_not 'valid until:'
say 'and the customer may let it run out, or end it at once.'
run 0 --program global --as customer:tailspin admin extend "$care" 0d
expect_not auto_extend_duration
run 0 --program global --as customer:tailspin who tailspin
expect litware helpdesk-administrator
run 0 --program global --as customer:tailspin admin revoke "$care"
expect TERMINATED CUSTOMER_REVOKED
check 1 NO_CUSTOMER_PERMISSION global partner:litware \
  litware reset_passwords tailspin

printf '\n%sAll %d expectations held.%s\n' "$good" "$expectations" "$plain"
