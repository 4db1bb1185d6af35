import { Global, Module } from '@nestjs/common';
import { LimiterFactory } from './limiter-factory.js';
import { RequestLimits } from './request-limits.js';

@Global()
@Module({ providers: [LimiterFactory, RequestLimits], exports: [LimiterFactory, RequestLimits] })
export class RateLimitModule {}
