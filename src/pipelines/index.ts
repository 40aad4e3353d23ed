export { type RouterAdapter, type RouterLanes, type RouterOptions, router, routerLanes } from './router.ts';
