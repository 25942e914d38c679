//! The store as its users see it.
#![allow(clippy::unwrap_used)] // helpers of tests may fail as tests do

mod common;
mod damage;
mod following;
mod golden;
mod logdirs;
mod queries;
mod supersede;
