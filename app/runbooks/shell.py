"""A runbook as a Bash script that prints by default, and stops where a check is not what it says.

Every command is a function of its own, quoted when the plan was made: no text from AWS is ever
evaluated. A step that is done already is passed over, so the script can be run again.
"""

import shlex
from collections.abc import Iterator

from app.runbooks import Json, done_when, heading
from app.terminal import clean
from iam.runbook import NOW, is_command

FORMAT = "sh"
TITLE = "Runbook (shell)"
FILE = "runbook.sh"
MIME = "text/x-shellscript"

_USAGE = """\
usage: bash runbook.sh [--run] [quarantine] [clear] [delete] [undo]

Without --run nothing is called: the steps are printed. With --run the steps of the phases that
are named are run in order; undo takes back, last step first, whatever is done."""

_FUNCTIONS = r"""
say() { printf '%s\n' "$@"; }
stop() { printf 'stopped: %s\n' "$*" >&2; exit 1; }
by_hand() { stop "do this by hand, then run the script again: $*"; }

# Runs a command with the time of the call where NOW_UTC stands.
at_now() {
  local word words
  words=()
  for word in "$@"; do words+=("${word//NOW_UTC/$now}"); done
  "${words[@]}"
}

# Whether step $1 is done: what its check answers is $2 (absent, present or refused) of text $3.
is_done() {
  local answer
  if answer=$("check_$1" 2>&1); then
    case $2 in
      refused) return 1 ;;
      present) case $answer in *"$3"*) return 0 ;; *) return 1 ;; esac ;;
      *) case $answer in *"$3"*) return 1 ;; *) return 0 ;; esac ;;
    esac
  fi
  case $answer in
    *NoSuchEntity*) if [ "$2" = present ]; then return 1; else return 0; fi ;;
  esac
  stop "the check of step $1 failed: $answer"
}

# Waits until step $1 is done ($4 is yes) or not done ($4 is no); IAM needs a moment to agree.
settle() {
  local try=1
  while :; do
    if is_done "$1" "$2" "$3"; then
      if [ "$4" = yes ]; then return 0; fi
    elif [ "$4" = no ]; then return 0; fi
    if [ "$try" -ge "$tries" ]; then return 1; fi
    try=$((try + 1))
    sleep "$pause"
  done
}

wanted() { case " $phases " in "  " | *" $1 "*) return 0 ;; *) return 1 ;; esac; }

# number phase how text title call-as-text
step() {
  wanted "$2" || return 0
  if [ "$run" = no ]; then
    say "" "# $1. $2: $5" "$6"
    return 0
  fi
  if is_done "$1" "$3" "$4"; then
    say "$1. done already: $5"
    return 0
  fi
  say "$1. $5"
  "call_$1" || stop "step $1 failed; nothing after it was run"
  settle "$1" "$3" "$4" yes || stop "step $1 was run, and its check does not show it"
}

# number how text title undo-as-text
back() {
  if [ "$run" = no ]; then
    say "" "# undo of $1: $4" "$5"
    return 0
  fi
  if is_done "$1" "$2" "$3"; then
    say "undo of $1: $4"
    "undo_$1" || stop "the undo of step $1 failed"
    settle "$1" "$2" "$3" no || stop "the undo of step $1 was run, and its check does not show it"
  fi
}
"""

_START = r"""
run=no
phases=""
for word in "$@"; do
  case $word in
    --run) run=yes ;;
    quarantine | clear | delete | undo) phases="${phases:+$phases }$word" ;;
    -h | --help) say "$usage"; exit 0 ;;
    *) say "$usage" >&2; exit 2 ;;
  esac
done
if [ "$run" = yes ] && [ -z "$phases" ]; then
  say "$usage" >&2
  exit 2
fi
tries=${RUNBOOK_TRIES:-10}
pause=${RUNBOOK_PAUSE:-3}
now=$(date -u +%Y-%m-%dT%H:%M:%SZ)
"""


def write(answer: Json) -> str:
    """The runbook as a Bash script."""
    return "\n".join(_lines(answer)) + "\n"


def _lines(answer: Json) -> Iterator[str]:
    book = answer["runbook"]
    steps = list(enumerate(book["steps"], 1))
    yield "#!/usr/bin/env bash"
    for sentence in [*heading(answer), *book["notes"]]:
        yield f"# {clean(sentence)}"
    yield ""
    yield "set -euo pipefail"
    yield 'export AWS_PAGER="" AWS_DEFAULT_OUTPUT=json'
    yield ""
    yield f"usage={shlex.quote(_USAGE)}"
    yield _FUNCTIONS.rstrip()
    yield ""
    for number, step in steps:
        yield from _functions(number, step)
    yield from _guard(answer)
    yield _START.rstrip()
    yield 'if [ "$run" = yes ]; then guard; fi'
    yield ""
    for number, step in steps:
        yield _called(number, step)
    yield ""
    yield 'case " $phases " in *" undo "*) ;; *) exit 0 ;; esac'
    for number, step in reversed(steps):
        if step["undo"]:
            words = (step["done"], step["shows"], clean(step["title"]), clean(step["undo"]))
            yield f"back {number} {shlex.join(words)}"
    for one in book["again"]:
        text = one["call"] or f"name it again in the policy of {one['holder']}"
        yield f"say '' {shlex.quote('# write again, it names a dead id: ' + clean(one['holder']))}"
        yield f"say {shlex.quote(clean(text))}"


def _functions(number: int, step: Json) -> Iterator[str]:
    """The commands of a step; what is no command stops the script with the sentence."""
    yield f"# {number}. {step['phase']}: {clean(step['title'])}"
    if when := done_when(step):
        yield f"#    done when {clean(when)}"
    for name in ("call", "check", "undo"):
        text = step[name]
        if text:
            line = text if is_command(text) else f"by_hand {shlex.quote(clean(text))}"
            if NOW in line and name == "call" and step["phase"] == "quarantine":
                line = f"at_now {line}"
            yield f"{name}_{number}() {{ {line}; }}"
    yield ""


def _called(number: int, step: Json) -> str:
    if not step["call"]:
        says = (f"# {number}. {step['phase']}: {clean(step['title'])}", clean(step["check"]))
        return f'if [ "$run" = no ] && wanted watch; then say "" {shlex.join(says)}; fi'
    words = (
        step["phase"],
        step["done"],
        step["shows"],
        clean(step["title"]),
        clean(step["call"]),
    )
    return f"step {number} {shlex.join(words)}"


def _guard(answer: Json) -> Iterator[str]:
    """The account must be the right one, and the entity the one that was rehearsed."""
    book = answer["runbook"]
    identity = book["identity"]
    if identity:
        yield f"identity() {{ {identity['check']}; }}"
    yield "guard() {"
    yield "  local found"
    yield "  command -v aws >/dev/null || stop 'the AWS CLI is not installed'"
    yield "  found=$(aws sts get-caller-identity --query Account --output text)"
    if book["account"]:
        account = shlex.quote(book["account"])
        yield f'  [ "$found" = {account} ] || stop "these credentials are of account $found"'
    if identity:
        shows = shlex.quote(identity["shows"])
        yield '  case " $phases " in *" undo "*) return 0 ;; esac'
        yield "  if found=$(identity 2>&1); then"
        yield f"    case $found in *{shows}*) ;;"
        yield "      *) stop 'it was deleted and made again since the snapshot: collect again' ;;"
        yield "    esac"
        yield "  else"
        yield '    case $found in *NoSuchEntity*) ;; *) stop "$found" ;; esac'
        yield "  fi"
    yield "}"
