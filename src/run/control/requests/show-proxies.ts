import { filter, map } from 'rxjs';
import { deviceName } from '../../../config/elements.ts';
import { type ProxyView, proxyView } from '../discovery-views.ts';
import { defineRequest } from '../request.ts';
import { changeView, interfaceNamed } from '../views.ts';

export interface ShowProxies {
  readonly proxies: readonly ProxyView[];
}

export const showProxies = defineRequest({
  name: 'show proxies',
  sentence: 'Addresses of others that we answer for on a link (RFC 4861 §7.2.8, RFC 1027).',
  parameters: { interface: deviceName().optional() },
  answer: ({ node }, { interface: name }): ShowProxies => {
    const known = node.proxies.list(interfaceNamed(node, name)?.index);
    return { proxies: known.map((each) => proxyView(node, each)) };
  },
  watch: ({ node }, { interface: name }) => {
    const only = interfaceNamed(node, name)?.index;
    return node.proxies.changes$.pipe(
      filter(({ value }) => only === undefined || value.interfaceIndex === only),
      map(changeView((each) => proxyView(node, each))),
    );
  },
});
