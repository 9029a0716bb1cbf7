#!/usr/bin/env bash
# Takes the README's pictures: drives the demo's screen in tmux.
# Needs tmux and Go; run it from anywhere.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
socket=picture$$
tmux() { command tmux -L "$socket" -f "$here/tmux.conf" "$@"; }
trap 'tmux kill-server 2>/dev/null || true; rm -rf "$work"' EXIT

(cd "$here/../.." && go build -o "$work/tokenring" . && go build -o "$work/picture" ./ui/picture)

# seen NAME TEXT waits until the text is on the screen.
seen() {
  for _ in $(seq 150); do
    tmux capture-pane -p -t "$1" | grep -qF -- "$2" && return
    sleep 0.2
  done
  echo "take.sh: $1 never showed: $2" >&2
  tmux capture-pane -p -t "$1" >&2
  exit 1
}

# take NAME COLUMNSxLINES STEP…: opens the demo, types the keys and draws what was
# kept. A step "=TEXT" waits for the text, "@SECONDS" keeps the screen and lets so
# much time pass, "#TITLE" is the title from then on.
take() {
  name=$1 columns=${2%x*} lines=${2#*x} title="tokenring demo"
  shift 2
  tmux new-session -d -s "$name" -x "$columns" -y "$lines" \
    "env -u TMUX TERM=xterm-256color COLORTERM=truecolor LANG=C.UTF-8 '$work/tokenring' demo"
  seen "$name" "admin@edge"
  seen "$name" "✕ 1"
  tmux send-keys -t "$name" Escape && sleep 0.2 # closes the greeting
  for step; do
    case $step in
    =*) seen "$name" "${step#=}" ;;
    @*) printf '\f%s %s\n' "${step#@}" "$title" && tmux capture-pane -e -p -t "$name" && sleep "${step#@}" ;;
    "#"*) title="tokenring demo · ${step#\#}" ;;
    *) tmux send-keys -t "$name" "$step" && sleep 0.2 ;;
    esac
  done >"$work/shots"
  "$work/picture" <"$work/shots" >"$here/$name.svg"
  tmux kill-session -t "$name"
}

take demo 110x26 \
  "#the sessions of every account" @1 @1 @1 @1 \
  G "#l logs in" @.7 l "=is logged in" @1 @1 \
  g "#/ finds an account" / @.4 a @.2 d @.2 m @.2 i @.2 n @.8 Enter Enter \
  2 "#2 shows what its token says" "=usefor" @1 @1 @1 \
  t "#t sends test requests" "=processes" @.7 j @.3 j @.5 Enter "=200 OK" @1 @1 @1 \
  Escape "#M sends them as several accounts" M "=passed" @1 Down @.3 Down @.3 Right @.3 Right @3
take matrix 120x32 : "=Commands and accounts" admin@edge "=admin@edge" Enter M "=passed" Down Down Right Right @0
