//! The `sotto` command.

fn main() -> std::process::ExitCode {
    sotto_cli::command::main()
}
