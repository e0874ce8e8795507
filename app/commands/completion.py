"""`rolepath completion` prints what a shell reads to complete commands, options and query names."""

import click
from click.shell_completion import get_completion_class

SECTION = "look"
VARIABLE = "_ROLEPATH_COMPLETE"


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> None:
    """Print the completion script of SHELL.

    \b
    bash   eval "$(rolepath completion bash)"         in ~/.bashrc
    zsh    eval "$(rolepath completion zsh)"          in ~/.zshrc
    fish   rolepath completion fish | source          in ~/.config/fish/config.fish
    """  # noqa: D301 - `\b` keeps click from joining the lines
    root = click.get_current_context().find_root()
    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"no completion for {shell}")
    click.echo(kind(root.command, {}, "rolepath", VARIABLE).source())
