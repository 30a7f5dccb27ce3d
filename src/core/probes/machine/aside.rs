//! Looking where nobody waits: files, `/proc` and long texts, away from the threads of the runtime.

use crate::core::probes::Found;

/// Looks on a thread that may be held up: a file system that hangs, as one of another machine may,
/// holds that thread alone, and the look ends with its timeout.
///
/// # Errors
///
/// What to say where the look broke off.
pub(in crate::core::probes) async fn aside<T: Send + 'static>(
    look: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Found> {
    let looked = tokio::task::spawn_blocking(look).await;
    looked.map_err(|error| Found::unknown(format!("looking was cut off: {error}"), None))
}
