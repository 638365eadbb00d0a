export type Result = { title: string; url: string; excerpt: string }

const escaped = (text: string) => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)

/** Results link to a redirect that names the address in `uddg`. */
const wrapped = (url: string) => escaped(`//duckduckgo.com/l/?uddg=${encodeURIComponent(url)}&rut=${'0'.repeat(64)}`)

/** As DuckDuckGo does, the words that were asked for are bold. */
function highlighted(text: string, query: string): string {
  const words = query.split(/\s+/).filter((word) => /^[\p{L}\p{N}]+$/u.test(word))
  if (words.length === 0) return escaped(text)
  return text
    .split(new RegExp(`(${words.join('|')})`, 'giu'))
    .map((part, index) => (index % 2 === 1 ? `<b>${escaped(part)}</b>` : escaped(part)))
    .join('')
}

function result({ title, url, excerpt }: Result, query: string): string {
  const href = wrapped(url)
  const shown = escaped(url.replace(/^https?:\/\//, ''))
  return `
        <div class="result results_links results_links_deep web-result ">
          <div class="links_main links_deep result__body">
            <h2 class="result__title">
              <a rel="nofollow" class="result__a" href="${href}">${highlighted(title, query)}</a>
            </h2>
            <div class="result__extras">
              <div class="result__extras__url">
                <span class="result__icon"><a rel="nofollow" href="${href}"><img class="result__icon__img" width="16" height="16" alt="" src="//external-content.duckduckgo.com/ip3/x.ico" /></a></span>
                <a class="result__url" href="${href}">${shown}</a>
              </div>
            </div>
            <a class="result__snippet" href="${href}">${highlighted(excerpt, query)}</a>
            <div class="clear"></div>
          </div>
        </div>`
}

const ad = `
        <div class="result results_links results_links_deep result--ad ">
          <div class="links_main links_deep result__body">
            <h2 class="result__title">
              <a rel="nofollow" class="result__a" href="https://duckduckgo.com/y.js?ad_domain=shop.example&amp;ad_provider=bing&amp;u3=x">Buy it now at the shop</a>
            </h2>
            <a class="result__snippet" href="https://duckduckgo.com/y.js?ad_domain=shop.example">An advertisement.</a>
          </div>
        </div>`

const nothing = `
        <div class="result results_links results_links_deep result--no-result ">
          <div class="links_main links_deep result__body">
            <div class="no-results">No results.</div>
          </div>
        </div>`

const page = (
  query: string,
  body: string,
) => `<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml">
<head>
  <meta http-equiv="content-type" content="text/html; charset=UTF-8" />
  <title>${escaped(query)} at DuckDuckGo</title>
</head>
<body class="body--html">
  <form name="x" class="header__form" action="/html/" method="post">
    <input name="q" autocomplete="off" class="search__input" id="search_form_input_homepage" type="text" value="${escaped(query)}" />
    <input name="b" id="search_button_homepage" class="search__button search__button--html" value="" type="submit" />
  </form>
${body}
</body>
</html>
`

export const resultsPage = (query: string, results: Result[]) =>
  page(
    query,
    `  <div>
    <div class="serp__results">
      <div id="links" class="results">${results.length > 0 ? ad + results.map((each) => result(each, query)).join('') : nothing}
      </div>
    </div>
  </div>`,
  )

export const anomalyPage = (query: string) =>
  page(
    query,
    `  <form id="challenge-form" action="//duckduckgo.com/anomaly.js?sv=html&amp;cc=botnet" method="POST">
    <div class="anomaly-modal__mask">
      <div class="anomaly-modal__modal is-ie" data-testid="anomaly-modal">
        <div class="anomaly-modal__title">Unfortunately, bots use DuckDuckGo too.</div>
        <div class="anomaly-modal__description">Please complete the following challenge to confirm this search was made by a human.</div>
        <div class="anomaly-modal__instructions">Select all squares containing a duck:</div>
      </div>
    </div>
  </form>`,
  )
