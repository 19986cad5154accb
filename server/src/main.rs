//! The `sotto` command.

fn main() -> std::process::ExitCode {
    sotto_server::cli::main()
}
