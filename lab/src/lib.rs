//! What is measured and compared on one machine, in one run: Warren's own figures (`make bench`) and
//! the same services through other middlewares (`make middlewares`). Never a test, because what a
//! machine reaches depends on the machine.

pub mod bench;
pub mod middlewares;
