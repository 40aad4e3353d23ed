export {
  type RouterAdapter,
  type RouterInlets,
  type RouterLanes,
  type RouterOptions,
  router,
  routerLanes,
} from './router.ts';
