"""Forecasts of sales by day, week or month: reading, methods, choice by rolling origin, ranges, measurement."""
