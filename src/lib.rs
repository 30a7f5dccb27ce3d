//! The library; the binary only calls [`cli::run`].
//!
#![doc = include_str!("ARCHITECTURE.md")]

pub mod domain;
pub mod api;
pub mod config;
pub mod database;
pub mod core;
pub mod client;
pub mod console;
pub mod demo;
pub mod cli;

/// Of all that links the library, so that what is measured is what is sold.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;
