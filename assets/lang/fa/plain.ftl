### کنسول سطر به سطر.

plain-greeting = alamor سطر به سطر، روی { $url }. برای راهنما help بنویسید.
plain-core-unknown = از هسته هنوز چیزی دانسته نیست.
plain-not-heard-since = هسته شنیده نمی‌شود. آنچه می‌آید از { $at } است.
plain-core-well = هستهٔ { $url } خوب است.
plain-core-not-quite = هستهٔ { $url } کاملاً خوب نیست.
plain-core-in-trouble = هستهٔ { $url } دچار مشکل است.
plain-core-unlooked = هستهٔ { $url } هنوز وارسی نشده.
plain-fresh = { $count } تازه
plain-partial = { $count } ناقص
plain-kept = { $count } مانده
plain-failed = { $count } ناموفق
plain-never = { $count } بدون تلاش
plain-off-there = { $count } خاموش در پنل خودشان
plain-no-panels = پنلی نیست.
plain-serve-older = { $n ->
    [one] { $count } تا لینک‌های قدیمی می‌دهند
   *[other] { $count } تا لینک‌های قدیمی می‌دهند
}
plain-more-purchases = و { $count } دیگر: پالایه پیدایشان می‌کند.
plain-no-match = خریدی جور نیست.
plain-on-panels = روی { $panels }
plain-and = { " " }و{ " " }
plain-links-kept = { $links }، { $count } تا مانده
plain-ends = تا { $at }
plain-never-ends = بی‌پایان
plain-purchase = خرید { $id }
plain-progress = به‌روزرسانی #{ $job }: { $share }، { $done } از { $total } انجام شد، { $failures }.
plain-cause = { $n ->
    [one] { $count } بار: { $why }.
   *[other] { $count } بار: { $why }.
}
plain-counts = { $success } از { $total } موفق، { $failures }
plain-done = به‌روزرسانی #{ $job } پس از { $time } پایان یافت: { $counts }.
plain-cancelled = به‌روزرسانی #{ $job } پس از { $time } لغو شد: { $counts }.
plain-stopped = محافظ به‌روزرسانی #{ $job } را پس از { $time } متوقف کرد: { $counts }.
plain-broke-off = به‌روزرسانی #{ $job } پس از { $time } نتوانست ادامه دهد: { $counts }.
plain-dry = آزمایشی بود: چیزی نوشته نشد.
plain-connection-errors = { $n ->
    [one] { $count } خطای اتصال
   *[other] { $count } خطای اتصال
}
plain-failures = { $failed } ناموفق، { $errors }
plain-help-status = نگاهی به هسته و خریدها
plain-help-update = به‌روزرسانی لینک همهٔ خریدهای فعال؛ اول می‌پرسد
plain-help-retry = تکرار آنچه ناموفق بود؛ اول می‌پرسد
plain-help-cancel = لغو به‌روزرسانی جاری؛ اول می‌پرسد
plain-help-purchases = بیست تای نخست، مانند: purchases state:kept panel:fr-2
plain-help-panels = همهٔ پنل‌ها
plain-help-logs = گزارش هسته، تا سطر بعدی شما
plain-help-yes = پاسخ پرسش؛ dry به‌روزرسانی بدون نوشتن را آغاز می‌کند
plain-help-again = دوباره گفتن پرسش یا پیشرفت به‌روزرسانی
plain-help-help = همین سطرها
plain-help-quit = خروج؛ کار در هستهٔ جداگانه ادامه دارد
plain-lost = هسته شنیده نمی‌شود: { $why }. دوباره تلاش می‌شود.
plain-connected = متصل به { $url }: { $purchases } روی { $panels }.
plain-connected-only = متصل به { $url }.
plain-panel-back = { $panel } برگشت.
plain-panel-down = { $panel } از کار افتاد، { $what }.
plain-left-out = { $n ->
    [one] { $count } قدیمی‌تر نیامده است.
   *[other] { $count } قدیمی‌تر نیامده است.
}
plain-write-yes-no-dry = بنویسید yes یا no، یا dry برای اجرای آزمایشی بدون نوشتن.
plain-write-yes-no = بنویسید yes یا no.
plain-withdrawn = پرسش پس گرفته شد.
plain-no-question = پرسشی نیست.
plain-no-such-line = { $line } از سطرهای help نیست؛ کاری نشد.

plain-help-check = نردبان تا آنچه مشتری می‌بیند، هر پله یک سطر
plain-ladder-ends = { $rung } کار نمی‌کند: پایین‌تر از آن بررسی نشد.

plain-ladder-climbed = همه پله‌ها در { $time } بررسی شد: چیزی خراب نیست.
