### What `alamor migrate check` prints.

migrate-counts = { $active } خرید از { $all } فعال است؛ پرسش در { $time }

migrate-found = پیدا شده در پنل‌ها
migrate-everywhere = همه‌جا
migrate-partly = بخشی
migrate-nowhere = هیچ‌جا
migrate-not-asked = پرسیده نشده
migrate-off = خاموش
migrate-loses = همهٔ لینک‌ها از دست می‌رود
migrate-fewer = لینک کمتر
migrate-others = لینک‌های دیگر
migrate-names = نام‌های دیگر
migrate-gains = لینک می‌گیرد
migrate-refused = رد به شکل دیگر
migrate-same = مثل قبل
migrate-no-address = بدون نشانی
migrate-column-found = پیدا شده
migrate-column-before = قبل
migrate-column-after = بعد
migrate-column-effect = تغییر
migrate-column-why = چرا
migrate-other-lines = { $n ->
    [one] { $count } خط که لینک نیست
   *[other] { $count } خط که لینک نیست
}

migrate-shadow = شناسهٔ اشتراک { $id } را دارد که به جای آن داده می‌شود

migrate-left-out = { $n ->
    [one] { $count } خرید همان می‌ماند؛ ‎--all آن را هم نشان می‌دهد
   *[other] { $count } خرید همان می‌ماند؛ ‎--all آن‌ها را هم نشان می‌دهد
}

migrate-ready = آماده: هر خرید فعال در پنل‌هایش پیدا شد و لینک‌های کسی کم نمی‌شود.
migrate-look-first = اول نگاه کنید: کسی همهٔ لینک‌هایش را از دست نمی‌دهد، ولی همه چیز پیدا نشد یا جایی کمتر می‌شود.
migrate-not-ready = آماده نیست: مشتری‌ها لینک‌هایشان را از دست می‌دادند، یا معلوم نشد.
migrate-before = «قبل» چیزی است که سرور قدیمی از single_configs_json می‌دهد. اول از نشانی وب پنل می‌پرسد؛ پنل معمولی آنجا 404 می‌گوید.
