-- Lists and maps are texts one after the other, each with its length in bytes and a colon
-- before it, in place of JSON: every list of accounts reads some of each.
UPDATE accounts SET secrets = ifnull((SELECT group_concat(octet_length(value) || ':' || value, '' ORDER BY id) FROM json_each(secrets)), '') WHERE json_valid(secrets);
UPDATE accounts SET origins = ifnull((SELECT group_concat(octet_length(value) || ':' || value, '' ORDER BY id) FROM json_each(origins)), '') WHERE json_valid(origins);
UPDATE accounts SET grants = ifnull((SELECT group_concat(octet_length(value) || ':' || value, '' ORDER BY id) FROM json_each(grants)), '') WHERE json_valid(grants);
UPDATE accounts SET fields = ifnull((SELECT group_concat(octet_length(key) || ':' || key || octet_length(value) || ':' || value, '' ORDER BY id) FROM json_each(fields)), '') WHERE json_valid(fields);
UPDATE accounts SET refs = ifnull((SELECT group_concat(octet_length(key) || ':' || key || octet_length(value) || ':' || value, '' ORDER BY id) FROM json_each(refs)), '') WHERE json_valid(refs);
UPDATE sealed SET origins = ifnull((SELECT group_concat(octet_length(value) || ':' || value, '' ORDER BY id) FROM json_each(origins)), '') WHERE json_valid(origins);
UPDATE requests SET sealed_origins = ifnull((SELECT group_concat(octet_length(value) || ':' || value, '' ORDER BY id) FROM json_each(sealed_origins)), '') WHERE json_valid(sealed_origins);
UPDATE runs SET sealed_origins = ifnull((SELECT group_concat(octet_length(value) || ':' || value, '' ORDER BY id) FROM json_each(sealed_origins)), '') WHERE json_valid(sealed_origins);
UPDATE sessions SET tokens = ifnull((SELECT group_concat(octet_length(texts) || ':' || texts, '' ORDER BY id) FROM (
  SELECT t.id, (SELECT group_concat(octet_length(text) || ':' || text, '' ORDER BY place) FROM (
    SELECT column1 AS place, ifnull(json_extract(t.value, column2), '') AS text FROM (VALUES (1, '$.name'), (2, '$.primary'), (3, '$.token'),
      (4, '$.received'), (5, '$.issued_at'), (6, '$.not_before'), (7, '$.expires_at'), (8, '$.source'), (9, '$.idle'), (10, '$.accepted'), (11, '$.kind'),
      (12, '$.cookie.name'), (13, '$.cookie.host'), (14, '$.cookie.domain'), (15, '$.cookie.path'), (16, '$.cookie.secure')))) AS texts
  FROM json_each(tokens) t)), '') WHERE json_valid(tokens);
