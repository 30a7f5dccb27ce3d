### What commands print.

results-title = 🔄 به‌روزرسانی لینک‌های اشتراک
results-heading = 📊 نتیجه:
results-success = ✅ موفق
results-failed = ❌ ناموفق
results-connection = 📡 خطای اتصال
results-total = 📈 جمع
results-line = • { $label }: { $links }
closing-server-down-1 = ⚠️ مشکل: سرور webhook در دسترس نیست.
closing-server-down-2 = لطفاً مطمئن شوید که سرور webhook روشن است.
closing-dry-run = 🔍 اجرای آزمایشی: چیزی نوشته نشد.
closing-success = 🎉 برخی لینک‌ها با موفقیت به‌روز شدند.
closing-unreached = ⚠️ پنل‌های خارج از دسترس: { $panels }.
closing-see-log = ⚠️ هیچ لینکی به‌روز نشد. علت در گزارش: journalctl -u alamorwebhook
preview-panel = { $updated } به‌روز، { $unchanged } بی‌تغییر، { $kept } مانده، { $failed } ناموفق
job-took = کار { $job }: { $time }
job-floor = (کمینه { $time })
job-dry = ، آزمایشی: چیزی نوشته نشد
status-database = پایگاه
status-purchases = خریدها
status-counts = { $active } فعال: { $fresh } تازه، { $partial } ناقص، { $kept } مانده، { $failed } ناموفق، { $never } بدون تلاش
status-off-there = { $count } خاموش در پنل خودشان
status-do = چاره: { $what }
connection-lost = ارتباط قطع شد: { $why }
cli-added-panel = پنل { $name }: افزوده شد
cli-added-purchase = خرید { $id }: افزوده شد؛ شناسهٔ اشتراکش
cli-ask-password = رمز { $user } (هنگام نوشتن دیده می‌شود):{ " " }
cli-ask-embedded = هسته‌ای درون این کنسول آغاز شود؟ با آن پایان می‌یابد. [Y/n، t: چرا نیست]{ " " }
cli-written = { $file }: با کلیدهای تازه نوشته شد
cli-exists = { $file }: از پیش هست و دست نمی‌خورد
cli-created = { $file }: ساخته شد
cli-exported = { $n ->
    [one] { $file }: با { $count } سطر نوشته شد
   *[other] { $file }: با { $count } سطر نوشته شد
}
cli-imported = { $n ->
    [one] { $file }: با { $count } سطر خوانده شد
   *[other] { $file }: با { $count } سطر خوانده شد
}
cli-next = سپس: alamor add panel و alamor add purchase و alamor serve
cli-environment = محیط
cli-key-good = ADMIN_API_KEY در { $file } درست است
cli-key-weak = ADMIN_API_KEY در { $file } ضعیف است: { $why }. `alamor key new` یکی دیگر می‌سازد
cli-key-unset = ADMIN_API_KEY در { $file } نیست. `alamor key new` یکی می‌سازد
cli-key-ask-set = کلیدی در { $file } نوشته شود؟ [y/N]{ " " }
cli-key-ask-rotate = کلید تازه‌ای در { $file } نوشته شود؟ کلید فعلی تا پایان کار معتبر می‌ماند. [y/N]{ " " }
cli-key-ask-finish = کلید پیشین از { $file } برداشته شود؟ هر که آن را دارد رد می‌شود. [y/N]{ " " }
cli-key-set =
    { $file }: کلید نوشته شد. اکنون هر دو را از نو راه بیندازید:
      systemctl restart alamorwebhook
      و ربات
cli-key-rotated =
    { $file }: کلید تازه نوشته شد و کلید پیشین در ADMIN_API_KEY_PREVIOUS است. اکنون به ترتیب:
      systemctl restart alamorwebhook     از این پس هر دو معتبرند
      ربات، کنسول‌های باز و هر چه کلید را دارد از نو راه بیندازید
      alamor key rotate --finish          وقتی دیگر کسی کلید پیشین را ندارد
cli-key-finished =
    { $file }: کلید پیشین برداشته شد. تا راه‌اندازی دوبارهٔ هسته معتبر است:
      systemctl restart alamorwebhook
cli-key-previous = کلید پیشین هم معتبر است؛ `alamor key rotate --finish` به آن پایان می‌دهد
cli-key-unchanged = چیزی تغییر نکرد
cli-alert-none = به کسی خبر داده نمی‌شود: ALERT_URL، ALERT_COMMAND یا ALERT_TELEGRAM=yes را در { $file } تنظیم کنید
cli-settings = تنظیمات: { $file }
fix-start = با `alamor serve` یکی آغاز کنید، یا با ‎--core‎ یا CORE_URL در ‎.env‎ دیگری را نام ببرید
fix-name = نشانی هسته را با ‎--core‎ یا CORE_URL در ‎.env‎ بدهید
bar-left = حدود { $time } مانده
bar-ok = { $count } موفق
bar-failed = { $count } ناموفق
bar-not-reached = { $count } بی‌ارتباط

check-nothing-to-fix = هیچ‌کدام بدون شما درست نمی‌شود: کنار هر ایراد نوشته شده که چه باید کرد.
check-would-run = پیشنهاد اجرا می‌شد: { $command }
check-run = «{ $command }» اجرا شود؟ [y/N]
check-ran = { $command }: انجام شد. با alamor check دوباره ببینید.
check-failed = { $command }: نشد، { $how }
check-reported = { $file }: گزارش
