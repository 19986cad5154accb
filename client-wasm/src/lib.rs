//! Browser bindings: the client of a private inference, for a Web Worker.
