import { Module } from '@nestjs/common';
import { FeatureStoresController } from './feature-stores.controller.js';
import { FeatureStoresService } from './feature-stores.service.js';
import { FeatureVectorReader } from './feature-vector-reader.js';

@Module({
  controllers: [FeatureStoresController],
  providers: [FeatureVectorReader, FeatureStoresService],
  exports: [FeatureVectorReader],
})
export class FeaturesModule {}
