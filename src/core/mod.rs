//! What is done, headless.
pub(crate) mod events;
pub(crate) mod panels;
pub(crate) mod catalog;
pub(crate) mod memory;
pub(crate) mod said;
pub(crate) mod update;
