### What `alamor migrate check` prints.

migrate-counts = Активных покупок { $active } из { $all }; опрошены за { $time }

migrate-found = Найдены на своих панелях
migrate-everywhere = везде
migrate-partly = частично
migrate-nowhere = нигде
migrate-not-asked = не спрошены
migrate-off = выключены
migrate-loses = теряет все ссылки
migrate-fewer = меньше ссылок
migrate-others = другие ссылки
migrate-names = другие имена
migrate-gains = получает ссылки
migrate-refused = другой отказ
migrate-same = как раньше
migrate-no-address = нет адреса
migrate-column-found = НАЙДЕНА
migrate-column-before = ДО
migrate-column-after = ПОСЛЕ
migrate-column-effect = ЧТО МЕНЯЕТСЯ
migrate-column-why = ПОЧЕМУ
migrate-other-lines = { $n ->
    [one] { $count } строка, которая не ссылка
    [few] { $count } строки, которые не ссылки
   *[other] { $count } строк, которые не ссылки
}

migrate-shadow = тот же id подписки, что у { $id }; отдаётся та

migrate-left-out = { $n ->
    [one] { $count } покупка останется как есть; --all покажет и её
    [few] { $count } покупки останутся как есть; --all покажет и их
   *[other] { $count } покупок останутся как есть; --all покажет и их
}

migrate-ready = Готово: каждая активная покупка найдена на своих панелях, и ссылок ни у кого не станет меньше.
migrate-look-first = Сначала посмотрите: всех ссылок никто не потеряет, но не всё найдено или где-то их станет меньше.
migrate-not-ready = Не готово: клиенты потеряли бы ссылки, или это не удалось выяснить.
migrate-before = ДО — то, что старый сервер отдаёт из single_configs_json. Сначала он спрашивает веб-адрес панели; обычная панель отвечает там 404.
