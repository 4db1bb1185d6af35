import { Body, Controller, Get, Param, Post, Put } from '@nestjs/common';
import {
  FeatureStoreInfo,
  FeatureStoreList,
  FeatureVectors,
  FeatureView,
  PutFeatureView,
  ReadHistoricalFeatures,
  ReadOnlineFeatures,
  WriteFeatureRows,
  WrittenFeatureRows,
} from '@crisol/contracts';
import type { Actor } from '../platform/auth/actor.js';
import { Answers, Caller, Needs } from '../platform/http/route-decorators.js';
import { FeatureStoresService } from './feature-stores.service.js';

@Controller('api/v1/feature-stores')
export class FeatureStoresController {
  constructor(private readonly stores: FeatureStoresService) {}

  @Get()
  @Needs('features:read')
  @Answers(200, FeatureStoreList, { id: 'listFeatureStores', summary: 'Feature stores that plugins bring, with their views' })
  list(): Promise<FeatureStoreList> {
    return this.stores.list();
  }

  @Get(':store')
  @Needs('features:read')
  @Answers(200, FeatureStoreInfo, { id: 'getFeatureStore', summary: 'One feature store with its views' })
  get(@Param('store') store: string): Promise<FeatureStoreInfo> {
    return this.stores.get(store);
  }

  @Put(':store/views/:view')
  @Needs('features:write')
  @Answers(200, FeatureView, { id: 'putFeatureView', summary: 'Make a view, or change its features and age; what was written stays' })
  putView(
    @Caller() actor: Actor,
    @Param('store') store: string,
    @Param('view') view: string,
    @Body({ schema: PutFeatureView }) body: PutFeatureView,
  ): Promise<FeatureView> {
    return this.stores.putView(actor, store, view, body);
  }

  @Post(':store/views/:view/rows')
  @Needs('features:write')
  @Answers(200, WrittenFeatureRows, { id: 'writeFeatureRows', summary: 'Write rows of a view; the newest by event time is served' })
  writeRows(
    @Param('store') store: string,
    @Param('view') view: string,
    @Body({ schema: WriteFeatureRows }) body: WriteFeatureRows,
  ): Promise<WrittenFeatureRows> {
    return this.stores.writeRows(store, view, body);
  }

  @Post(':store/online-features')
  @Needs('features:serve')
  @Answers(200, FeatureVectors, { id: 'readOnlineFeatures', summary: 'The newest values of entities' })
  readOnline(@Param('store') store: string, @Body({ schema: ReadOnlineFeatures }) body: ReadOnlineFeatures): Promise<FeatureVectors> {
    return this.stores.readOnline(store, body);
  }

  @Post(':store/historical-features')
  @Needs('features:read')
  @Answers(200, FeatureVectors, { id: 'readHistoricalFeatures', summary: 'Values as they were at a time of each row, never later ones' })
  readHistorical(
    @Param('store') store: string,
    @Body({ schema: ReadHistoricalFeatures }) body: ReadHistoricalFeatures,
  ): Promise<FeatureVectors> {
    return this.stores.readHistorical(store, body);
  }
}
