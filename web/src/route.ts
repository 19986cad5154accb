/**
 * Where in the page a person is: the model and the step, in the address's fragment, so that reloading and going back work below any
 * path. Nothing that was entered is ever part of it.
 */

export interface Route {
  model: string | null;
  /** Whether behind the entries, at the result. */
  result: boolean;
}

export function currentRoute(): Route {
  const [, model = "", step] = /^#\/([^/]+)(\/result)?$/.exec(location.hash) ?? [];
  try {
    return { model: decodeURIComponent(model) || null, result: step !== undefined };
  } catch {
    return { model: null, result: false };
  }
}

/** For links. */
export function address({ model, result }: Route): string {
  return model === null ? "#/" : `#/${encodeURIComponent(model)}${result ? "/result" : ""}`;
}

/** Notes that the person is somewhere else now, without anybody being called. */
export function moved(route: Route): void {
  const to = address(route);
  if (location.hash !== to) history.pushState(null, "", to);
}

/** Corrects where the person is. */
export function corrected(route: Route): void {
  history.replaceState(null, "", address(route));
}

/** Calls `follow` when the person takes a link, or goes back or forward. */
export function onRoute(follow: () => void): void {
  addEventListener("popstate", follow);
}
