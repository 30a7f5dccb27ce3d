//! Tests of inventories.
