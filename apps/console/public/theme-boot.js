// Sets theme, density and language before the first paint. A file, because the content policy forbids inline scripts.
(function () {
  var preferences = {};
  try {
    preferences = JSON.parse(localStorage.getItem('crisol.preferences') || '{}');
  } catch {
    // Storage may be closed to us; the defaults serve.
  }
  var dark = preferences.theme === 'dark' || (preferences.theme !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
  document.documentElement.dataset.density = preferences.density || 'compact';
  if (preferences.locale) document.documentElement.lang = preferences.locale;
})();
