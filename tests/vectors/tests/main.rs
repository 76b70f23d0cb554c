//! Tokens judged by Keyward's own JOSE code, with the signatures verified by other crates: the published vectors, the
//! same tokens before another judge, and the corpus of the fuzz targets.

mod corpus;
mod differential;
mod judge;
mod published;
mod verify;
