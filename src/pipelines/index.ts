export { type RouterAdapter, type RouterLanes, router, routerLanes } from './router.ts';
