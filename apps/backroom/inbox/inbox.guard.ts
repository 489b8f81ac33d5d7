import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { wantsPage } from './page.js';

/** Provide it with the guard that lets the operator in and nobody else. */
export const OPERATOR_GUARD = Symbol('OPERATOR_GUARD');

/** A route that needs no token: `always`, or where it answers with the page, which is the same for everybody and the place to type a token in. */
export const Open = Reflector.createDecorator<'always' | 'page'>();

/** Whatever is not said to be open is the operator's. */
@Injectable()
export class InboxGuard implements CanActivate {
  constructor(
    @Inject(OPERATOR_GUARD) private readonly operator: CanActivate,
    private readonly reflector: Reflector,
  ) {}

  canActivate(context: ExecutionContext) {
    const open = this.reflector.get(Open, context.getHandler());
    if (open === 'always') return true;
    if (open === 'page' && wantsPage(context.switchToHttp().getRequest<FastifyRequest>())) return true;
    return this.operator.canActivate(context);
  }
}
