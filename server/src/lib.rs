//! The server: models from disk, HTTP, admission of connections, and a session for each WebSocket.
//!
//! It knows what crosses a connection, not what runs at its other end: the native client, the importer and the benches are
//! the `sotto` command's (`cli`), which starts this server, too. [`app::Server`] is where to begin; [`ws`] is the pump that
//! both ends use.
//!
//! ```no_run
//! # async fn serve(config: sotto_server::config::ServeConfig) -> sotto_server::Result<()> {
//! let server = sotto_server::app::Server::bind(config).await?;
//! println!("{}", server.url());
//! server.run(std::future::pending(), std::future::pending()).await
//! # }
//! ```

pub mod access;
pub mod admission;
pub mod app;
pub mod config;
mod courtesy;
mod crew;
mod desk;
mod error;
mod http;
mod metrics;
pub mod models;
mod offer;
mod resumable;
mod session;
mod state;
mod text;
pub mod tls;
pub mod ws;

pub use error::{Error, Result};
pub use session::Protocol;
pub use text::printable;
