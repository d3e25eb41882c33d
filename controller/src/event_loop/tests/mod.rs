//! The event loop with a scripted queue, a fleet that only writes down its orders, and time that
//! moves when nothing else does.

mod harness;
mod life;
mod polling;
mod surroundings;
