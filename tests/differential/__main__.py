"""``python -m tests.differential 20000 [seed]`` compares so many cases and prints the proof."""

import sys
import time

from tests.differential.agreement import EACH, EVERYTHING, Tally, run


def main() -> int:
    """Run short searches with seeds of their own, one theme after another."""
    examples = int(sys.argv[1]) if len(sys.argv) > 1 else 20000
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    total, begun = Tally(), time.monotonic()
    for number in range(max(1, examples // EACH)):
        part = run(min(EACH, examples), first + number)
        total.seen.update(part.seen)
        total.undefined += part.undefined
        done = sum(total.seen[f"verdict {v}"] for v in ("allow", "conditional", "deny"))
        sys.stderr.write(f"\r{done} cases agree, {time.monotonic() - begun:.0f} s")
    sys.stderr.write("\n")
    sys.stdout.write(total.proof() + "\n")
    missing = sorted(EVERYTHING - set(total.seen))
    sys.stdout.write(f"never reached: {', '.join(missing) or 'nothing'}\n")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
