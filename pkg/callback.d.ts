/**
 * For the page that popups and hidden frames come back to, and nothing else: `<script type="module">import
 * "keyward/callback"</script>`. It hands the authorization response over to the page that waits for it and closes the
 * window. It exports nothing, and loads no WebAssembly.
 */
export {};
