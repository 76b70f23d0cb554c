// The module's memory, for scenarios that measure it.

{
  const { instantiate } = WebAssembly;
  WebAssembly.instantiate = async (...given) => {
    const result = await instantiate(...given);
    window.wasmMemory = (result.instance ?? result).exports?.memory ?? window.wasmMemory;
    window.wasmExports = (result.instance ?? result).exports ?? window.wasmExports;
    return result;
  };
}
