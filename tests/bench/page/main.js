// What the bundler starts from: `measured-sdk` is the adapter of the SDK that this app is built for.
import sdk from "measured-sdk";

bench.run(sdk);
