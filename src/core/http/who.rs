//! Who changes something, for the audit: as they say themselves, and where they ask from.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::peer::Asker;
use crate::core::Core;
use crate::core::deeds::Who;

impl FromRequestParts<Arc<Core>> for Who {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, core: &Arc<Core>) -> Result<Self, Infallible> {
        let by = parts.headers.get("x-alamor-by").and_then(|by| by.to_str().ok());
        let origin = match Asker::of(parts, core) {
            Asker::Here => "here".to_owned(),
            Asker::At(ip) => ip.to_string(),
        };
        Ok(Self::at(origin).named(by.unwrap_or_default()))
    }
}
