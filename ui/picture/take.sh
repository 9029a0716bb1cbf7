#!/usr/bin/env bash
# Takes the README's pictures of the real screen: the demo, driven in tmux.
# Needs tmux and Go; run it from anywhere.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
socket=picture$$
tmux() { command tmux -L "$socket" -f "$here/tmux.conf" "$@"; }
trap 'tmux kill-server 2>/dev/null || true; rm -rf "$work"' EXIT

(cd "$here/../.." && go build -o "$work/tokenring" . && go build -o "$work/picture" ./ui/picture)

# shot NAME 'KEY KEY …': opens the demo, types the keys, keeps what is seen.
shot() {
  tmux new-session -d -s "$1" -x "${COLUMNS_WANTED:-120}" -y "${LINES_WANTED:-32}" \
    "env -u TMUX TERM=xterm-256color COLORTERM=truecolor LANG=C.UTF-8 '$work/tokenring' demo"
  sleep 4
  for key in $2; do
    tmux send-keys -t "$1" "$key"
    sleep 0.7
  done
  sleep 1
  tmux capture-pane -e -p -t "$1" | "$work/picture" -title "tokenring demo" >"$here/$1.svg"
  tmux send-keys -t "$1" Escape Escape q
  sleep 0.5
  tmux kill-session -t "$1" 2>/dev/null || true
}

shot ring "/ a d m i n @ e d g e Enter 2"
shot response "/ a d m i n @ e d g e Enter 3 Enter"
