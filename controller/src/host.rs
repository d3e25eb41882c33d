//! What the host has to give: processor and memory in use.
