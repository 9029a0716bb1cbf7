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

# shot NAME KEY…: opens the demo, types the keys and saves the screen. A key
# that begins with "=" is text to wait for.
shot() {
  name=$1
  shift
  tmux new-session -d -s "$name" -x "${COLUMNS_WANTED:-120}" -y "${LINES_WANTED:-32}" \
    "env -u TMUX TERM=xterm-256color COLORTERM=truecolor LANG=C.UTF-8 '$work/tokenring' demo"
  seen "$name" "admin@edge"
  seen "$name" "✕ 1"
  tmux send-keys -t "$name" Escape && sleep 0.2 # closes the greeting
  for key; do
    case $key in
    =*) seen "$name" "${key#=}" ;;
    *) tmux send-keys -t "$name" "$key" && sleep 0.2 ;;
    esac
  done
  tmux capture-pane -e -p -t "$name" | "$work/picture" -title "tokenring demo" >"$here/$name.svg"
  tmux kill-session -t "$name"
}

shot ring : "=Commands and accounts" admin@edge "=admin@edge" Enter 2 "=usefor"
shot matrix : "=Commands and accounts" admin@edge "=admin@edge" Enter M "=passed" Down Down Right Right
shot response : "=Commands and accounts" admin@edge "=admin@edge" Enter t "=processes" j j Enter "=200 OK"
