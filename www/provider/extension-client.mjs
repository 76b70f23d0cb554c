// The example extension (www/extension) as the provider knows it. Its ids follow from its manifest: Chromium's from the key,
// Firefox's redirect URI from the add-on's id.

export const EXTENSION = {
  id: "keyward-extension",
  origins: /^(chrome|moz)-extension:\/\//,
  redirectUris: [
    "https://ficoclojcgcbkcbcdcmdglcpljnedkbh.chromiumapp.org/",
    "https://5e571c338cd6824d534ce64fee74e39f46881e25.extensions.allizom.org/",
    // Where the browser has no identity API: a page of the extension, in a tab.
    "chrome-extension://ficoclojcgcbkcbcdcmdglcpljnedkbh/callback.html",
  ],
};

/** What a page's form may lead to. */
export const EXTENSION_TARGETS = EXTENSION.redirectUris.map((uri) => /^[\w-]+:\/\/[^/]+/.exec(uri)[0]);
