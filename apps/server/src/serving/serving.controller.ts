import { Body, Controller, Delete, Get, Param, Patch, Post, Put, Query } from '@nestjs/common';
import {
  CreateEndpoint,
  Endpoint,
  EndpointPage,
  EndpointStats,
  ListQuery,
  PredictRequest,
  PredictResponse,
  Traffic,
  UpdateEndpoint,
} from '@crisol/contracts';
import type { Actor } from '../platform/auth/actor.js';
import { Answers, Caller, IfMatch, Needs } from '../platform/http/route-decorators.js';
import { LimitPolicy } from '../platform/rate-limit/limit-policy.js';
import { EndpointsService } from './endpoints/endpoints.service.js';
import { Predictor } from './predict/predictor.js';

@Controller('api/v1')
export class ServingController {
  constructor(
    private readonly endpoints: EndpointsService,
    private readonly predictor: Predictor,
  ) {}

  @Get('endpoints')
  @Needs('endpoints:read')
  @Answers(200, EndpointPage, { id: 'listEndpoints', summary: 'Endpoints with their variants and figures of the last hour' })
  list(@Query({ schema: ListQuery }) query: ListQuery): Promise<EndpointPage> {
    return this.endpoints.list(query);
  }

  @Post('endpoints')
  @Needs('endpoints:write')
  @Answers(201, Endpoint, { id: 'createEndpoint', summary: 'Make an endpoint' })
  create(@Caller() actor: Actor, @Body({ schema: CreateEndpoint }) body: CreateEndpoint): Promise<Endpoint> {
    return this.endpoints.create(actor, body);
  }

  @Get('endpoints/:endpoint')
  @Needs('endpoints:read')
  @Answers(200, Endpoint, { id: 'getEndpoint', summary: 'One endpoint, by id or name' })
  get(@Param('endpoint') endpoint: string): Promise<Endpoint> {
    return this.endpoints.get(endpoint);
  }

  @Patch('endpoints/:endpoint')
  @Needs('endpoints:write')
  @Answers(200, Endpoint, { id: 'updateEndpoint', summary: 'Change description or tags' })
  update(
    @Caller() actor: Actor,
    @Param('endpoint') endpoint: string,
    @Body({ schema: UpdateEndpoint }) body: UpdateEndpoint,
    @IfMatch() expected: number | null | undefined,
  ): Promise<Endpoint> {
    return this.endpoints.update(actor, endpoint, body, expected);
  }

  @Delete('endpoints/:endpoint')
  @Needs('endpoints:write')
  @Answers(204, null, { id: 'deleteEndpoint', summary: 'Delete an endpoint; its models stay' })
  remove(@Caller() actor: Actor, @Param('endpoint') endpoint: string, @IfMatch() expected: number | null | undefined): Promise<void> {
    return this.endpoints.remove(actor, endpoint, expected);
  }

  @Put('endpoints/:endpoint/traffic')
  @Needs('endpoints:write')
  @Answers(200, Endpoint, { id: 'putTraffic', summary: 'Replace the variants and their shares; needs If-Match' })
  putTraffic(
    @Caller() actor: Actor,
    @Param('endpoint') endpoint: string,
    @Body({ schema: Traffic }) body: Traffic,
    @IfMatch() expected: number | null | undefined,
  ): Promise<Endpoint> {
    return this.endpoints.putTraffic(actor, endpoint, body, expected);
  }

  @Get('endpoints/:endpoint/stats')
  @Needs('endpoints:read')
  @Answers(200, EndpointStats, { id: 'getEndpointStats', summary: 'Requests, errors and latencies of the last hour' })
  stats(@Param('endpoint') endpoint: string): Promise<EndpointStats> {
    return this.endpoints.stats(endpoint);
  }

  @Post('endpoints/:endpoint/predict')
  @Needs('endpoints:predict')
  @LimitPolicy('predict')
  @Answers(200, PredictResponse, { id: 'predict', summary: 'Predict through an endpoint' })
  predict(
    @Caller() actor: Actor,
    @Param('endpoint') endpoint: string,
    @Body({ schema: PredictRequest }) body: PredictRequest,
  ): Promise<PredictResponse> {
    return this.predictor.byEndpoint(actor, endpoint, body);
  }

  @Post('models/:model/versions/:version/predict')
  @Needs('models:read')
  @LimitPolicy('predict')
  @Answers(200, PredictResponse, { id: 'predictWithVersion', summary: 'Predict with one version, outside any traffic' })
  predictWithVersion(
    @Caller() actor: Actor,
    @Param('model') model: string,
    @Param('version') version: string,
    @Body({ schema: PredictRequest }) body: PredictRequest,
  ): Promise<PredictResponse> {
    return this.predictor.byVersion(actor, model, version, body);
  }
}
