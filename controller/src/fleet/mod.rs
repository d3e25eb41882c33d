//! Starts and stops the workers of a pool, and reports what became of them.
