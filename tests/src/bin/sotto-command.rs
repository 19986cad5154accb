//! The `sotto` command itself, for tests that need it in a process of its own.

fn main() -> std::process::ExitCode {
    sotto_cli::command::main()
}
