export { host, hostLanes } from './host.ts';
export { type RouterAdapter, type RouterLanes, type RouterOptions, router, routerLanes } from './router.ts';
