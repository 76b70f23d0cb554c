//! The stories. A file is a story and its name a sentence.

use crate::trial::Scenario;

macro_rules! scenarios {
    ($($name:ident),* $(,)?) => {
        $(mod $name;)*

        /// Every scenario with its name as the command line shows it.
        pub(crate) fn all() -> Vec<(&'static str, Scenario)> {
            vec![$((stringify!($name).replace('_', "-").leak(), $name::SCENARIO)),*]
        }
    };
}

scenarios! {
    the_browser_opens_tabs_and_keeps_them_apart,
}
