### صفحهٔ گزارش، `alamor logs` و ذخیرهٔ صفحه.

key-whole = کامل
key-level = سطح
key-wrap = شکستن
key-other-log = دیگری
help-whole = نمایش کامل این رکورد
help-level = فقط خطاها، هشدارها هم، …، همه
help-wrap = شکستن رکوردهای بلند، یا بریدن آن‌ها
help-other-log = گزارش هسته، یا همین کنسول
help-filter-logs = فقط رکوردهای دارای این متن؛ target:core::panels
help-save = ذخیرهٔ صفحه: متن، متن رنگی یا SVG
note-saved = ذخیره شد: { $file }
note-not-saved = چیزی ذخیره نشد: { $why }
filter-log-fields = متن، panel=fr-2  target:core::panels
log-of-core = گزارش هسته
log-and-above = { $level } و مهم‌تر
log-being-read = در حال خواندن
log-paused = درنگ
log-paused-new = { $n ->
    [one] درنگ، { $count } تازه
   *[other] درنگ، { $count } تازه
}
log-missed = { $n ->
    [one] { $count } رکورد روی این خط از دست رفت
   *[other] { $count } رکورد روی این خط از دست رفت
}
log-empty = رکوردی جور نیست: l و / برمی‌گزینند، و LOG_LEVEL هسته تعیین می‌کند چه هست
ask-save = این صفحه ذخیره شود؟
save-where = در پرونده‌ای تازه، در پوشه‌ای که alamor آغاز شده
answer-as-text = متن
answer-as-ansi = متن رنگی
answer-as-svg = SVG
logs-missed = { $n ->
    [one] { $count } رکورد از دست رفت: خواننده کند است
   *[other] { $count } رکورد از دست رفت: خواننده کند است
}
logs-elsewhere = آنچه هسته پیش از پایان گفته در گزارش سیستم است: journalctl -u alamorwebhook
update-goes-on = به‌روزرسانی #{ $job } در هسته ادامه دارد. همین دستور به آن برمی‌گردد، `alamor` نشانش می‌دهد و آنجا x لغو می‌کند
update-not-begun = پیش از آغاز به‌روزرسانی در هسته متوقف شد
